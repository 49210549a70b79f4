"use strict";
/* The handbooks’ search takes each word that is typed for the beginning of one, and knows no others.
   So “a” finds every page, and “subtitles” none. Before a query goes to it, small words are left out,
   an s at the end is taken off, and the word that our pages have for a thing is put beside the one
   that people type. */
(() => {
  const SMALL = new Set(
    ("a an and are as at be by can do does for from get has have how i in is it me my not of on or our so" +
      " that the their them they this to was we what when where which who why will with you your").split(" ")
  );
  const OURS = new Map([
    ["anonymous", "name disguise"],
    ["anonymise", "name disguise"],
    ["battery", "plugged"],
    ["blocked", "unsigned"],
    ["consent", "agreement"],
    ["crash", "wrong"],
    ["crashed", "wrong"],
    ["crie", "worried"],
    ["cry", "worried"],
    ["crying", "worried"],
    ["cut", "hide"],
    ["delete", "back"],
    ["discussion", "discuss"],
    ["froze", "wrong"],
    ["frozen", "wrong"],
    ["interpreter", "language"],
    ["laptop", "computer"],
    ["mic", "microphone"],
    ["move", "putting"],
    ["remove", "back"],
    ["subtitle", "caption"],
    ["translate", "language"],
    ["upset", "worried"],
    ["withdraw", "back"],
  ]);
  const isLarge = (word) => !SMALL.has(word.toLowerCase());
  // Words in quotation marks must all be there, and no index has the small ones.
  const withoutSmall = (quoted) => quoted.split(/(?=[\s"])|(?<=")/).filter((word) => isLarge(word.trim())).join("");
  const asOurPagesSay = (query) => {
    if (query.includes('"')) return query.replace(/"[^"]*"/g, withoutSmall);
    if (/[+\-:^~*]/.test(query)) return query;
    const typed = query.toLowerCase().split(/\s+/).filter(Boolean);
    // The last word may only have been begun.
    const words = typed
      .filter((word, at) => at === typed.length - 1 || isLarge(word))
      .map((word) => (word.length > 3 ? word.replace(/([^su])s$/, "$1") : word));
    return [...words, ...words.map((word) => OURS.get(word)).filter(Boolean)].join(" ");
  };
  const send = Worker.prototype.postMessage;
  const QUERY = 2;
  Worker.prototype.postMessage = function (message, ...others) {
    const isQuery = message?.type === QUERY && typeof message.data === "string";
    send.call(this, isQuery ? { ...message, data: asOurPagesSay(message.data) } : message, ...others);
  };
})();
