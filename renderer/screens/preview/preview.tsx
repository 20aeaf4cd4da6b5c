export function Preview() {
  return <h1 tabIndex={-1}>Preview</h1>;
}
