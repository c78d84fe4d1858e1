import style from "./docs-assets/swagger-ui.css.txt";
import script from "./docs-assets/swagger-ui-bundle.js.txt";
import type { Platform } from "./http/platform.ts";

export const workerdPlatform: Platform = {
  isEqual: (one, other) => crypto.subtle.timingSafeEqual(one, other),
  docsAssets: { script, style },
};
