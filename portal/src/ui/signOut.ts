/** Ends the session that this browser has, and leaves everything of it behind. */
export async function signOut(): Promise<void> {
  const headers = { 'x-cellplane': 'portal' };
  const answer = await fetch('/sign-out', { method: 'POST', headers }).catch(() => undefined);
  // Who came through a provider signs out there as well, and is sent back here.
  const body: unknown = answer?.status === 200 ? await answer.json().catch(() => null) : null;
  const elsewhere = (body as { endSession?: string } | null)?.endSession;
  // A new page, so that nothing of this session stays in memory.
  location.assign(elsewhere ?? '/sign-in?signed-out');
}
