import { useWord } from '../../ui/text';

export interface RoleName {
  id: string;
  title: string;
  isOwn: boolean;
}

/** What a role is called: its own title if the tenant made it, else ours in the reader's language. */
export function useRoleTitle(): (role: RoleName) => string {
  const word = useWord();
  return (role) => (role.isOwn ? role.title : word('role', role.id));
}
