/* The library page: links to shelves become filters of the cards. Without this they lead there. */
(function () {
  "use strict";
  var nav = document.querySelector("[data-filters]");
  var said = document.querySelector("[data-filter-said]");
  var cards = all(document, "[data-card]").map(function (card) {
    return { element: card, keys: (card.getAttribute("data-keys") || "").split(" ") };
  });
  if (!nav || !said) { return; }
  var chosen = {};   // shelf → key
  var shelves = all(nav, "[data-shelf]").map(function (group) {
    var pills = group.tagName !== "DETAILS";
    return (pills ? makeButtons : makeSelect)(group, group.getAttribute("data-shelf"));
  });
  var again = makeAgain();
  read();
  show();

  function all(root, selector) {
    return Array.prototype.slice.call(root.querySelectorAll(selector));
  }

  function makeButtons(group, shelf) {
    var buttons = all(group, "a[data-key]").map(function (link) {
      var button = document.createElement("button");
      button.type = "button";
      button.setAttribute("data-key", link.getAttribute("data-key"));
      button.append.apply(button, link.childNodes);
      link.replaceWith(button);
      button.addEventListener("click", function () {
        var key = button.getAttribute("data-key");
        choose(shelf, chosen[shelf] === key ? "" : key);
      });
      return button;
    });
    return {
      name: shelf,
      words: function (key) { return wordsOf(buttons, key, "data-key"); },
      show: function (key) {
        buttons.forEach(function (button) {
          button.setAttribute("aria-pressed", String(button.getAttribute("data-key") === key));
        });
      }
    };
  }

  function makeSelect(group, shelf) {
    var box = document.createElement("div");
    var label = document.createElement("label");
    var select = document.createElement("select");
    box.className = "filter filter-select";
    select.id = "filter-" + shelf;
    label.htmlFor = select.id;
    label.textContent = group.querySelector("summary").textContent;
    select.append(new Option("Any", ""));
    all(group, "a[data-key]").forEach(function (link) {
      select.append(new Option(link.textContent, link.getAttribute("data-key")));
    });
    box.append(label, select);
    group.replaceWith(box);
    select.addEventListener("change", function () { choose(shelf, select.value); });
    return {
      name: shelf,
      words: function (key) { return wordsOf(all(select, "option"), key, "value"); },
      show: function (key) { select.value = key || ""; }
    };
  }

  function wordsOf(elements, key, attribute) {
    var found = elements.filter(function (one) { return one.getAttribute(attribute) === key; })[0];
    return found ? found.textContent : "";
  }

  function makeAgain() {
    var button = document.createElement("button");
    button.type = "button";
    button.className = "filter-again";
    button.textContent = "Show all stories";
    button.hidden = true;
    button.addEventListener("click", function () {
      chosen = {};
      show();
      keep();
      var first = nav.querySelector("button, select");
      if (first) { first.focus(); }
    });
    said.insertAdjacentElement("afterend", button);
    return button;
  }

  function choose(shelf, key) {
    if (key) { chosen[shelf] = key; } else { delete chosen[shelf]; }
    show();
    keep();
  }

  function show() {
    var keys = Object.keys(chosen).map(function (shelf) { return chosen[shelf]; });
    var count = 0;
    cards.forEach(function (card) {
      var fits = keys.every(function (key) { return card.keys.indexOf(key) >= 0; });
      card.element.hidden = !fits;
      if (fits) { count += 1; }
    });
    shelves.forEach(function (shelf) { shelf.show(chosen[shelf.name]); });
    again.hidden = !keys.length;
    said.textContent = keys.length ? sentence(count) : "";
  }

  function sentence(count) {
    var words = shelves.filter(function (shelf) { return chosen[shelf.name]; })
      .map(function (shelf) { return "“" + shelf.words(chosen[shelf.name]) + "”"; });
    var stories = count === 0 ? "No story" : count === 1 ? "1 story" : count + " stories";
    return stories + " for " + words.join(" and ") + ".";
  }

  // What is chosen stands in the address, so that “Back” and a link sent to a colleague keep it.
  function keep() {
    var keys = Object.keys(chosen).sort().map(function (shelf) {
      return shelf + "=" + encodeURIComponent(chosen[shelf]);
    });
    try {
      history.replaceState(null, "", keys.length ? "#" + keys.join("&") : location.pathname);
    } catch (refused) { /* a browser may refuse it for files; the filter works all the same */ }
  }

  function read() {
    location.hash.replace(/^#/, "").split("&").forEach(function (part) {
      var pair = part.split("=");
      var shelf = shelves.filter(function (one) { return one.name === pair[0]; })[0];
      if (!shelf || pair.length !== 2) { return; }
      var key;
      try { key = decodeURIComponent(pair[1]); } catch (broken) { return; }
      if (shelf.words(key)) { chosen[shelf.name] = key; }
    });
  }
})();
