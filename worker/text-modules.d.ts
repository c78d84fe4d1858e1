/** Files that the bundler imports as text. */
declare module "*.txt" {
  const text: string;
  export default text;
}
