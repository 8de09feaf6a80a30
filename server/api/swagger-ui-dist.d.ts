declare module 'swagger-ui-dist/absolute-path.js' {
  /** The folder that holds the page's scripts and styles. */
  export default function absolutePath(): string
}
