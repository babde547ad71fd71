// The Trusted Types policy of the page: the only scripts that code may start by address are the engine's
// worker and the service worker, and markup becomes elements only if it cannot run anything.
//
// The Content-Security-Policy requires Trusted Types, so browsers that have them call the functions below
// before such a use, and refuse what has no function here (a string as a script, for example). In other
// browsers only the remaining rules of that policy hold.

/** The address of the engine's worker, whose hashed name the bundler fills in. */
export const workerUrl = new URL('./{{file:worker.js}}', import.meta.url).href;
/** The address of the script that keeps the site for use without a network. */
export const serviceWorkerUrl = new URL('./service-worker.js', import.meta.url).href;

// Elements that only display.
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

// Attributes that load, send, run code, or style outside the style sheets.
const REFUSED = /^(?:on.*|style|src.*|.*action|background|ping|data|poster|content|http-equiv)$/;
const ADDRESS = /^(?:.*:)?href$/;
const PLAIN_ADDRESS = /^(?:https:\/\/|#|\.{0,2}\/|[\w.-]*(?:[#?/]|$))/;

// A tag, or the empty comment with which Leptos marks a position. Attribute values may hold no angle
// bracket, so every `<` that a browser could parse as the start of a tag is matched or refused.
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
    if (![workerUrl, serviceWorkerUrl].includes(new URL(address, document.baseURI).href)) {
      throw new TypeError('RSC Lab starts no script but its own workers.');
    }
    return address;
  },
});

// The Content-Security-Policy forbids style attributes, which injected markup could bring, but not the
// CSSOM. Libraries that call setAttribute('style', …) are redirected to the CSSOM.
const setAttribute = Element.prototype.setAttribute;
Element.prototype.setAttribute = function (name, value) {
  if (name === 'style' && this.style) this.style.cssText = value;
  else setAttribute.call(this, name, value);
};
