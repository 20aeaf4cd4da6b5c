export function Run() {
  return <h1 tabIndex={-1}>Run</h1>;
}
