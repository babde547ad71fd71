// What the page may do to itself, whatever its code says: it starts one script by address, the
// engine's worker, and turns text into elements only where that text cannot run anything.
//
// The Content-Security-Policy demands Trusted Types, so a browser that knows them asks here before
// each such act, and refuses what no function below allows (a string as a script, for one). In a
// browser without them, that policy's other rules are all there is.

/** The address of the engine's worker; only the bundler knows its name. */
export const workerUrl = new URL('./{{file:worker.js}}', import.meta.url).href;

// Elements that show something, and do nothing else.
const HARMLESS = new Set((
  'a abbr article aside b bdi blockquote br button caption cite code col colgroup dd details div dl '
  + 'dt em fieldset figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i input kbd label legend '
  + 'li main mark meter nav ol optgroup option output p pre progress q s samp section select small '
  + 'span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr canvas '
  + 'svg circle clippath defs desc ellipse g line lineargradient marker mask path pattern polygon '
  + 'polyline radialgradient rect stop symbol text title tspan '
  + 'math mfrac mi mn mo mover mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr '
  + 'munder munderover'
).split(' '));

// Attributes that load, send or look otherwise than the style sheets say.
const REFUSED = /^(?:on.*|style|src.*|.*action|background|ping|data|poster|content|http-equiv)$/;
const ADDRESS = /^(?:.*:)?href$/;
const PLAIN_ADDRESS = /^(?:https:\/\/|#|\.{0,2}\/|[\w.-]*(?:[#?/]|$))/;

// A tag, or the empty comment that stands for a place. No value holds a bracket, so that each bracket
// is seen here, wherever a browser takes it for the beginning of a tag.
const TAG = /<!---->|<(\/?)([a-z][a-z0-9]*)((?:\s+[^\s"'<>/=]+(?:="[^"<>]*")?)*)\s*\/?>/gi;
const ATTRIBUTE = /([^\s"'<>/=]+)(?:="([^"<>]*)")?/g;

function isHarmless(markup) {
  const left = markup.replace(TAG, (tag, closing, name, attributes) => {
    if (!name) return '';
    const fits = HARMLESS.has(name.toLowerCase())
      && [...attributes.matchAll(ATTRIBUTE)].every(([, given, value = '']) => {
        const attribute = given.toLowerCase();
        return !REFUSED.test(attribute)
          && (!ADDRESS.test(attribute) || PLAIN_ADDRESS.test(value));
      });
    return fits ? '' : tag;
  });
  return !left.includes('<');
}

globalThis.trustedTypes?.createPolicy('default', {
  createHTML(markup) {
    if (!isHarmless(markup)) throw new TypeError('RSC Lab shows no such markup.');
    return markup;
  },
  createScriptURL(address) {
    if (new URL(address, document.baseURI).href !== workerUrl) {
      throw new TypeError('RSC Lab starts no script but its own worker.');
    }
    return address;
  },
});

// The policy allows no style attributes, since text that became elements could bring them. Code may
// set styles all the same, and libraries that write the attribute get what they mean.
const setAttribute = Element.prototype.setAttribute;
Element.prototype.setAttribute = function (name, value) {
  if (name === 'style' && this.style) this.style.cssText = value;
  else setAttribute.call(this, name, value);
};
