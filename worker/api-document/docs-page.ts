import style from "../docs-assets/swagger-ui.css.txt";
import script from "../docs-assets/swagger-ui-bundle.js.txt";

/**
 * Swagger UI, copied here by `npm ci` and served from the bundle, so that the page works without internet
 * access.
 */
export const docsScript: string = script;
export const docsStyle: string = style;

export const docsPage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Edgebook API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="docs"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script>SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true });</script>
  </body>
</html>
`;
