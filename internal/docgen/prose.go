package docgen

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// join makes one line of a paragraph.
func join(text string) string { return strings.Join(strings.Fields(text), " ") }

// first is the first sentence of a text, without its full stop.
func first(text string) string {
	sentence, _, _ := strings.Cut(text+" ", ". ")
	return strings.TrimSpace(sentence)
}

func upper(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[size:]
}

// lead takes from a comment the name with which Go comments begin.
func lead(name, text string) string {
	rest, ok := strings.CutPrefix(text, name+" ")
	if !ok || strings.HasPrefix(rest, "and ") {
		return text
	}
	for _, verb := range []string{"is ", "are ", "has "} {
		rest = strings.TrimPrefix(rest, verb)
	}
	return upper(rest)
}

var specMark = regexp.MustCompile(`\s*Spec: .*$`)

// withoutSpec takes the coordinate from the end of a comment.
func withoutSpec(text string) string { return specMark.ReplaceAllString(text, "") }

// whetherRequired takes from a field's comment what it says about leaving the
// field out.
func whetherRequired(text string) (rest string, required, optional bool) {
	if rest, ok := strings.CutSuffix(text, "Required."); ok {
		return strings.TrimSpace(rest), true, false
	}
	before, after, found := strings.Cut(text, "Optional")
	if !found {
		return text, false, false
	}
	if after = strings.TrimLeft(after, ".,; "); after != "" {
		after = upper(after)
	}
	return strings.TrimSpace(before + after), false, true
}

// onWire puts the names on the wire for the Go names of the fields of one struct.
func onWire(text string, wire map[string]string) string {
	return names.ReplaceAllStringFunc(text, func(name string) string {
		if w, ok := wire[name]; ok {
			return w
		}
		return name
	})
}

var (
	names = regexp.MustCompile(`\b[A-Z]\w*\b`)

	// words are the parts of a text that may be set as code: what stands in
	// quotes, beginnings of IDs, names of webhooks, links in Go comments, names.
	words = regexp.MustCompile(`"[^"]*"|@[A-Z]+#[_@A-Z#]*|\b[A-Z]\w+\.(?:Callback|On)\w+|\[[A-Z][\w.]*\]|\b[A-Z]\w+\b`)

	// nameLike is what no English word looks like.
	nameLike = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*[a-z0-9][A-Z_]`)
)

// prose makes Markdown of the text of a comment.
func (m *model) prose(text string) string {
	text = strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(text)
	return words.ReplaceAllStringFunc(text, func(word string) string {
		row := m.webhooks[word]
		switch {
		case row != nil && !row.Yes:
			return "`" + word + "` (not sent yet)"
		case word[0] == '[':
			return "`callback." + strings.Trim(word, "[]") + "`"
		case word == "UserID": // a word of every sentence
			return word
		case word[0] == '"', word[0] == '@', row != nil, m.wire[word] && nameLike.MatchString(word):
			return "`" + word + "`"
		}
		return word
	})
}
