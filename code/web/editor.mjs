// A small editor for Python: CodeMirror 6, loaded when the first one is opened.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// Colours come from the style sheet, so that they follow the page's theme. For PurgeCSS, the parts of an editor that it
// names: cm-editor cm-focused cm-scroller cm-gutters cm-cursor.
const highlight = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], class: "tok-keyword" },
  { tag: [tags.number, tags.bool, tags.null], class: "tok-number" },
  { tag: [tags.string], class: "tok-string" },
  { tag: [tags.comment], class: "tok-comment" },
  { tag: [tags.function(tags.definition(tags.variableName))], class: "tok-name" },
]);

const setMark = StateEffect.define();
const markedLine = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    marks = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(setMark)) {
        const { doc } = transaction.state;
        const line = effect.value && effect.value <= doc.lines ? doc.line(effect.value) : null;
        marks = line ? Decoration.set(Decoration.line({ class: "marked-line" }).range(line.from)) : Decoration.none;
      }
    }
    return marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// An editor in `place`. Tab indents; Escape and then Tab leaves, as everywhere in CodeMirror. Ctrl-Enter runs.
export function edit(place, text, { label, run, changed = () => {} }) {
  const view = new EditorView({
    parent: place,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        bracketMatching(),
        indentUnit.of("    "),
        EditorState.tabSize.of(4),
        python(),
        syntaxHighlighting(highlight),
        markedLine,
        EditorView.contentAttributes.of({ tabindex: "0", "aria-label": `${label}. Escape, then Tab, leaves the editor.` }),
        EditorView.updateListener.of((update) => update.docChanged && changed()),
        keymap.of([{ key: "Mod-Enter", run: () => (run(), true) }, indentWithTab, ...historyKeymap, ...defaultKeymap]),
      ],
    }),
  });
  return {
    get text() {
      return view.state.doc.toString();
    },
    // As an edit, which undo takes back.
    set text(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    mark: (line) => view.dispatch({ effects: setMark.of(line) }),
    focus: () => view.focus(),
  };
}
