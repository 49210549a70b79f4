// What the desk's page uses of CodeMirror, built into one file by `make editor`.

import { StyleModule } from "style-mod";

const sheets = new WeakMap();

// CodeMirror writes its styles into <style> elements, which the page's content security policy
// forbids. A constructed style sheet holds the same rules, and every call brings all of them.
StyleModule.mount = (root, modules) => {
  const owner = root.adoptedStyleSheets ? root : root.ownerDocument;
  if (!sheets.has(owner)) {
    const sheet = new CSSStyleSheet();
    sheets.set(owner, { sheet, modules: [] });
    owner.adoptedStyleSheets = [...owner.adoptedStyleSheets, sheet];
  }
  const mounted = sheets.get(owner);
  const added = [modules].flat().filter((module) => !mounted.modules.includes(module));
  if (!added.length) return;
  // Two editors of one page share a document: what the first needs must stay.
  mounted.modules = [...mounted.modules, ...added];
  mounted.sheet.replaceSync(mounted.modules.map((module) => module.getRules()).join("\n"));
};

export {
  Annotation, ChangeSet, Compartment, EditorSelection, EditorState, Facet, Prec, RangeSetBuilder,
  StateEffect, StateField, Text, Transaction,
} from "@codemirror/state";
export {
  Decoration, EditorView, ViewPlugin, WidgetType, drawSelection, highlightActiveLine, keymap,
} from "@codemirror/view";
export {
  defaultKeymap, history, historyKeymap, isolateHistory, redo, redoDepth, undo, undoDepth,
} from "@codemirror/commands";
export {
  SearchQuery, closeSearchPanel, findNext, findPrevious, getSearchQuery, openSearchPanel, search,
  searchKeymap, setSearchQuery,
} from "@codemirror/search";
export { MergeView } from "@codemirror/merge";
