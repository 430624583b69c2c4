package config

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// itself is the format of kinds whose value is its own text.
func itself[T ~string](value T) string { return string(value) }

var directory = kind[string]{
	noun: "directory", want: "a directory", form: asText,
	parse: func(text string) (string, error) {
		if strings.TrimSpace(text) == "" || strings.ContainsRune(text, 0) {
			return "", errUnfit
		}
		return text, nil
	},
	format: itself[string],
}

var optionalPath = kind[string]{
	noun: "file", want: "a file", form: asText,
	parse:  func(text string) (string, error) { return text, nil },
	format: itself[string],
}

var truth = kind[bool]{
	noun: "", want: "true or false", form: asBoolean,
	parse: func(text string) (bool, error) {
		value, err := strconv.ParseBool(text)
		if err != nil {
			return false, errUnfit
		}
		return value, nil
	},
	format: strconv.FormatBool,
}

var level = kind[slog.Level]{
	noun: "debug|info|warn|error", want: "debug, info, warn or error", form: asText,
	parse: func(text string) (slog.Level, error) {
		// Not Level.UnmarshalText, which takes "info+3" as well.
		for _, l := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
			if strings.EqualFold(text, l.String()) {
				return l, nil
			}
		}
		return 0, errUnfit
	},
	format: func(value slog.Level) string { return strings.ToLower(value.String()) },
}

// userID has the protocol's limit. Spec: rest-common
var userID = kind[string]{
	noun: "user", want: "a UserID of 1 to 32 bytes without spaces", form: asText,
	parse: func(text string) (string, error) {
		hidden := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }
		if text == "" || len(text) > 32 || strings.ContainsFunc(text, hidden) {
			return "", errUnfit
		}
		return text, nil
	},
	format: itself[string],
}

// oneOf is a choice from a few words.
func oneOf[T ~string](words ...T) kind[T] {
	names := make([]string, len(words))
	for i, word := range words {
		names[i] = string(word)
	}
	last := len(names) - 1
	return kind[T]{
		noun: strings.Join(names, "|"), want: strings.Join(names[:last], ", ") + " or " + names[last], form: asText,
		parse: func(text string) (T, error) {
			if !slices.Contains(words, T(text)) {
				return "", errUnfit
			}
			return T(text), nil
		},
		format: itself[T],
	}
}

// secretURL is a list of URLs with one of the schemes, or nothing. It is secret, for
// a URL may hold a password.
func secretURL(example string, schemes ...string) kind[Secret] {
	return kind[Secret]{
		noun: "URL", want: "a URL such as " + example + ", or nothing", form: asText, secret: true,
		parse: func(text string) (Secret, error) {
			scheme, rest, found := strings.Cut(text, "://")
			if text != "" && (!found || rest == "" || !slices.Contains(schemes, scheme) || strings.ContainsFunc(text, unicode.IsSpace)) {
				return "", errUnfit
			}
			return Secret(text), nil
		},
		format: Secret.String,
	}
}

// secretOf is a secret with at least so many characters, or none at all. White
// space around it is refused: it comes from copying, and nobody sees it.
func secretOf(least int) kind[Secret] {
	want := "a secret without spaces around it, or empty"
	if least > 1 {
		want = fmt.Sprintf("a secret of at least %d characters without spaces around it, or empty", least)
	}
	return kind[Secret]{
		noun: "secret", want: want, form: asText, secret: true,
		parse: func(text string) (Secret, error) {
			if text == "" {
				return "", nil
			}
			if len(text) < least || strings.TrimSpace(text) != text {
				return "", errUnfit
			}
			return Secret(text), nil
		},
		// Not for messages: only the empty default is ever formatted.
		format: Secret.String,
	}
}
