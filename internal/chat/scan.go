package chat

import (
	"bytes"
	"encoding/json"
	"iter"
	"slices"
	"strings"
)

// The functions below walk over JSON that was found valid and made compact
// before. They look at a part without decoding it, which is most of the work of
// reading a message.

// members yields the names and values of an object, in their order. A name that
// occurs twice is yielded twice.
func members(object json.RawMessage) iter.Seq2[[]byte, json.RawMessage] {
	return func(yield func([]byte, json.RawMessage) bool) {
		rest := object[1:]
		for rest[0] != '}' {
			quoted := rest[:valueEnd(rest)]
			name := quoted[1 : len(quoted)-1]
			if bytes.IndexByte(name, '\\') >= 0 {
				name = []byte(unquote(quoted))
			}
			rest = rest[len(quoted)+1:] // the colon
			value := rest[:valueEnd(rest)]
			if !yield(name, slices.Clip(value)) {
				return
			}
			if rest = rest[len(value):]; rest[0] == ',' {
				rest = rest[1:]
			}
		}
	}
}

// items yields the values of an array.
func items(array json.RawMessage) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		rest := array[1:]
		for rest[0] != ']' {
			value := rest[:valueEnd(rest)]
			if !yield(slices.Clip(value)) {
				return
			}
			if rest = rest[len(value):]; rest[0] == ',' {
				rest = rest[1:]
			}
		}
	}
}

// valueEnd is the length of the value with which text begins.
func valueEnd(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			for i++; text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // a number or a word ended before
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return len(text)
}

// unquote decodes a string.
func unquote(text json.RawMessage) string {
	inner := string(text[1 : len(text)-1])
	if !strings.Contains(inner, `\`) {
		return inner
	}
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return inner // what is valid decodes
	}
	return s
}
