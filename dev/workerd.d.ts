declare module "workerd" {
  /** A CommonJS module; its `default` is the path of the workerd executable. */
  const workerd: { readonly default: string };
  export default workerd;
}
