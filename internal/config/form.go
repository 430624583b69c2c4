package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A form is how a setting is written in the file. On the command line and in
// the environment everything is text.
type form int

const (
	asText    form = iota // "in quotes"
	asNumber              // 12
	asBoolean             // true
	asSize                // "1MiB" or 1048576
	asList                // ["a", "b"]
)

// manner completes what a setting must be with how the file writes it.
func (f form) manner() string {
	switch f {
	case asText:
		return "in quotes"
	case asNumber, asBoolean:
		return "without quotes"
	case asSize:
		return "as a size in quotes or as a number without"
	case asList:
		return `as a list such as ["a", "b"]`
	}
	return ""
}

// textOf returns a value from the file as it would stand on the command line,
// and false if the setting is not written like this.
func (f form) textOf(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, f == asText || f == asSize
	case int64:
		return strconv.FormatInt(value, 10), f == asNumber || f == asSize
	case bool:
		return strconv.FormatBool(value), f == asBoolean
	case []any:
		return joinTexts(value, f == asList)
	}
	return "", false
}

func joinTexts(values []any, wanted bool) (string, bool) {
	if !wanted {
		return "", false
	}
	parts := make([]string, len(values))
	for i, value := range values {
		part, ok := value.(string)
		if !ok {
			return "", false
		}
		parts[i] = part
	}
	return strings.Join(parts, ","), true
}

// literal writes text, which came from setting.get, as the file would.
func (f form) literal(value string) string {
	switch f {
	case asNumber, asBoolean:
		return value
	case asText, asSize:
		return basicString(value)
	case asList:
		if value == "" {
			return "[]"
		}
		parts := strings.Split(value, ",")
		for i, part := range parts {
			parts[i] = basicString(part)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return ""
}

// basicString quotes a default. Defaults hold no character that TOML would
// escape differently from Go; a test reads all of them back.
func basicString(value string) string { return strconv.Quote(value) }

// describe names a value from the file in a message. A secret shows only its
// type.
func describe(value any, secret bool) string {
	switch value := value.(type) {
	case string:
		if !secret {
			return "the text " + quote(value)
		}
		return "text"
	case int64, float64:
		if !secret {
			return fmt.Sprintf("the number %v", value)
		}
		return "a number"
	case bool:
		if !secret {
			return strconv.FormatBool(value)
		}
		return "true or false"
	case time.Time:
		return "a date"
	case []any:
		if _, texts := joinTexts(value, true); !texts {
			return "a list with something else than text in it"
		}
		return "a list"
	case []map[string]any:
		return "a list of tables"
	case map[string]any:
		return "a table"
	}
	return "this"
}
