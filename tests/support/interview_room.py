"""Measure which parts of the interview page are on the screen together, in either browser."""

from __future__ import annotations

from library.core.workspace import Workspace

SIZES = {
    "1280x800 at 200 %": (640, 400),
    "1024x768": (1024, 768),
    "phone": (390, 844),
    "small phone": (320, 568),
}
"""Width and height in CSS pixels."""

NOT_ON_SCREEN = """() => {
  const parts = {
    state: "#state", question: "h1.question", "follow-up": ".follow-up", way: ".ways button",
    mark: ".marks button", time: ".time", loudness: ".deck [role=meter]",
    microphone: ".deck select", "what waits": ".on-disk.waiting", small: ".deck button",
  };
  const seldom = ["follow-up", "microphone", "what waits"];
  // The longest that the meter says of a voice.
  const heard = document.querySelector(".deck .level-words");
  if (heard) heard.textContent = "Hard to hear over the room";
  const faults = [];
  const boxes = [];
  for (const [name, selector] of Object.entries(parts)) {
    const elements = [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility());
    if (!elements.length && !seldom.includes(name)) faults.push(`${name}: none`);
    for (const e of elements) {
      const box = e.getBoundingClientRect();
      const label = `${name} “${e.textContent.slice(0, 30)}”`;
      if (box.left < -0.5 || box.top < -0.5 || box.right > innerWidth + 0.5
        || box.bottom > innerHeight + 0.5) faults.push(`${label}: outside the window`);
      if (e.clientWidth && e.scrollWidth > e.clientWidth + 1) faults.push(`${label}: cut off`);
      const middle = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      if (!middle || !(e.contains(middle) || middle.contains(e))) faults.push(`${label}: covered`);
      const least = e.matches("button") ? Math.min(box.width, box.height) : 24;
      if (least < 24) faults.push(`${label}: too small to press`);
      const letters = parseFloat(getComputedStyle(e).fontSize);
      if (name === "microphone" && box.width < 100) faults.push(`${label}: cannot be read`);
      const isLine = ["what waits", "state"].includes(name);
      if (isLine && box.height > 2 * letters) faults.push(`${label}: more than one line`);
      if (letters < 12) faults.push(`${label}: letters of ${letters} px`);
      boxes.push([label, box]);
    }
  }
  boxes.forEach(([one, a], n) => boxes.slice(n + 1).forEach(([other, b]) => {
    const [across, down] = [Math.min(a.right, b.right) - Math.max(a.left, b.left),
      Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)];
    if (across > 1 && down > 1) faults.push(`${one} lies over ${other}`);
  }));
  return faults;
}"""
"""A function of the page that returns faults: what is outside the window, covered or cut."""

SETTLED = """() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => done(true))));
})"""
"""A promise of the page that letters have been fitted."""

_ENGLISH = (
    "When you think back to the weeks before the admission, with the nights without "
    "sleep, the calls that nobody returned and the neighbours who began to ask, what "
    "would you have needed from us, from the surgery and from the people around you, so "
    "that you had not been alone with all that for such a long time?"
)
_ARABIC = (
    "عندما تفكر في الأسابيع التي سبقت دخول المستشفى، في الليالي التي لم تنم فيها، وفي "
    "المكالمات التي لم يرد عليها أحد، وفي الجيران الذين بدأوا يسألون عما يحدث، ما الذي "
    "كنت تحتاج إليه منا ومن الطبيب ومن الناس من حولك حتى لا تبقى وحدك مع كل هذا طوال هذه "
    "المدة، ومن كان يمكنه أن يساعدك في ذلك الوقت حقا؟"
)
_GERMAN = (
    "Wenn Sie an die Wochen vor der Krankenhauseinweisung zurückdenken, an schlaflose "
    "Nächte, an Behandlungsvereinbarungsgespräche, Unterbringungsverfahrensvorschriften "
    "und Nachbarn, die zu fragen begannen: Was hätten Sie damals von uns, von der "
    "Hausarztpraxis und von den Menschen um Sie herum gebraucht, um nicht allein damit zu"
    " sein?"
)
_FOLLOW_UPS = {
    "en": (
        (
            "Who was there for you in those weeks, and how did they find out what "
            "you were going through?"
        ),
        "What did you say when somebody asked how things were at home, and what did you leave out?",
        (
            "Was there a moment at which it could have gone another way, and what "
            "would that have taken?"
        ),
    ),
    "ar": (
        "من كان بجانبك في تلك الأسابيع، وكيف عرف ما كنت تمر به في البيت كل يوم؟",
        "ماذا كنت تقول حين يسألك أحد عن الأحوال في البيت، وما الذي لم تقله لأحد؟",
        "هل كانت هناك لحظة كان يمكن أن يتغير فيها كل شيء، وما الذي كان ينقصها؟",
    ),
    "de": (
        "Wer war in diesen Wochen für Sie da, und woher wusste die Person, was Sie durchmachen?",
        "Welche Angehörigenunterstützungsangebote kannten Sie, und wer hatte Ihnen davon erzählt?",
        (
            "Gab es einen Augenblick, in dem es hätte anders kommen können, und was"
            " hätte es gebraucht?"
        ),
    ),
}


def write_long_questions(workspace: Workspace) -> None:
    """Replace the set `being-heard` by one with questions of 300 characters in three languages."""
    asked = {"en": _ENGLISH, "ar": _ARABIC, "de": _GERMAN}
    lines = [
        *("id: being-heard", "version: 9", "title: Long questions", "designed_by: A test"),
        *('opening: "Thank you for being here."', 'closing: "Thank you."', "questions:"),
    ]
    for language, words in asked.items():
        lines += [f"  - id: long-{language}", f'    ask: "{words}"', "    follow_ups:"]
        lines += [f'      - "{text}"' for text in _FOLLOW_UPS[language]]
        lines.append('    take_care: "This may be hard to go back to. There is no hurry."')
    path = workspace.questions / "being-heard.yml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
