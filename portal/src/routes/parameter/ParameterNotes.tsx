import { Alert } from 'antd';

import { useText, type Text } from '../../ui/text';

/** What is worth knowing of values that are allowed. */
export function ParameterNotes({ notes }: { notes: { parameter: string; message: Text }[] }) {
  const text = useText();
  return notes.map((note) => (
    <Alert
      key={note.parameter}
      type="info"
      showIcon
      className="notice"
      data-testid={`note-${note.parameter}`}
      title={text(note.message)}
      description={<code>{note.parameter}</code>}
    />
  ));
}
