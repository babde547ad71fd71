// The element <rsc-lab>: a part of RSC Lab in a page of another site, in a frame.
//
//   <script src="https://example.org/rsc-lab.js" defer></script>
//   <rsc-lab part="masks" preset="corner-cue" p="0.5" axis="channel" lang="de"></rsc-lab>
//
// part      masks, microscope, accuracy or play (the default)
// preset    the data; p, axis: the challenge
// settings  any other settings, as a link of the page has them after the #
// lang      the language, else that of the element's surroundings
// device    cpu or webgpu
// autoplay  training begins by itself
// height    of the frame, in CSS pixels
// title     what the frame is called for those who do not see it
// base      the address of RSC Lab, where it is not that of this script

(() => {
  const PARTS = {{value:embeds}};
  const HEIGHTS = { masks: 620, microscope: 620, accuracy: 380, play: 560 };
  /** Attributes that are settings, with their names in a link. */
  const SETTINGS = { preset: 'data', p: 'p', axis: 'axis' };
  const TITLES = {
    en: { masks: 'RSC Lab: what is muted', microscope: 'RSC Lab: microscope', accuracy: 'RSC Lab: accuracies', play: 'RSC Lab: training' },
    de: { masks: 'RSC Lab: was stummgeschaltet wird', microscope: 'RSC Lab: Mikroskop', accuracy: 'RSC Lab: Genauigkeiten', play: 'RSC Lab: Training' },
  };

  // A module has no currentScript.
  const scripts = [...document.scripts].map((script) => script.src);
  const own = document.currentScript?.src
    || scripts.reverse().find((address) => /\/rsc-lab\.js(?:[?#]|$)/.test(address))
    || document.baseURI;

  class RscLab extends HTMLElement {
    static observedAttributes = [
      ...Object.keys(SETTINGS), 'part', 'settings', 'lang', 'device', 'autoplay', 'height', 'title', 'base',
    ];

    #frame = null;
    #isPlanned = false;

    connectedCallback() {
      this.#update();
    }

    attributeChangedCallback() {
      // Attributes that change together make one new address.
      if (!this.isConnected || this.#isPlanned) return;
      this.#isPlanned = true;
      queueMicrotask(() => {
        this.#isPlanned = false;
        if (this.isConnected) this.#update();
      });
    }

    get #part() {
      const part = this.getAttribute('part') ?? 'play';
      if (!PARTS.includes(part)) {
        console.warn(`<rsc-lab>: there is no part "${part}"; there are ${PARTS.join(', ')}.`);
        return 'play';
      }
      return part;
    }

    get #language() {
      return (this.closest('[lang]')?.lang ?? '').split('-')[0].toLowerCase();
    }

    /** The settings of the attributes, then those of `settings` that no attribute gives. */
    get #link() {
      const given = new Map([['v', '1']]);
      for (const [attribute, key] of Object.entries(SETTINGS)) {
        const value = this.getAttribute(attribute);
        if (value !== null) given.set(key, encodeURIComponent(value.trim()));
      }
      const others = (this.getAttribute('settings') ?? '').trim().replace(/^#/, '').split('&');
      for (const [key, value] of others.filter(Boolean).map((pair) => pair.split(/=(.*)/s))) {
        if (!given.has(key)) given.set(key, value ?? '');
      }
      return [...given].map((pair) => pair.join('=')).join('&');
    }

    #address(part) {
      const address = new URL('./', new URL(this.getAttribute('base') ?? own, document.baseURI));
      address.searchParams.set('embed', part);
      if (this.#language) address.searchParams.set('lang', this.#language);
      if (this.hasAttribute('device')) address.searchParams.set('device', this.getAttribute('device'));
      if (this.hasAttribute('autoplay')) address.searchParams.set('autoplay', '1');
      address.hash = this.#link;
      return address.href;
    }

    #update() {
      const frame = this.#frame ?? document.createElement('iframe');
      const part = this.#part;
      frame.title = this.title || (TITLES[this.#language] ?? TITLES.en)[part];
      frame.style.cssText = 'display: block; border: 0; width: 100%; max-width: 100%;';
      frame.style.height = `${Number(this.getAttribute('height')) || HEIGHTS[part]}px`;
      this.style.display ||= 'block';
      // Where only settings have changed, the frame takes them over without loading anew.
      const address = this.#address(part);
      if (frame.src !== address) frame.src = address;
      if (!this.#frame) {
        frame.loading = 'lazy';
        this.#frame = frame;
        this.replaceChildren(frame);
      }
    }
  }

  if (!customElements.get('rsc-lab')) customElements.define('rsc-lab', RscLab);
})();
