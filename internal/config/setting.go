package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// envPrefix begins the name of each of our environment variables.
const envPrefix = "PARLEY_"

// A setting is one row of the table.
type setting struct {
	// name is the key in the file; flag and environment variable derive from it.
	name string
	// doc is what the setting does. Its first sentence is the flag's help.
	doc string
	// noun stands for the value in the flag's help.
	noun string
	// want completes "must be".
	want string
	form form
	// secret values appear in no message and have no printed default.
	secret bool
	// outside is true if the setting cannot stand in the file.
	outside bool

	// reset gives c the default.
	reset func(c *Config)
	// set checks text and gives it to c; an error leaves c as it was.
	set func(c *Config, text string) error
	// get returns the text that set would read.
	get func(c Config) string
}

func (s setting) flag() string { return strings.ReplaceAll(s.name, "_", "-") }

func (s setting) env() string { return envPrefix + strings.ToUpper(s.name) }

// A kind is what a group of settings has in common: how a value is written and
// read, and what makes it right.
type kind[T any] struct {
	noun   string
	want   string
	form   form
	secret bool
	parse  func(text string) (T, error)
	format func(value T) string
}

// define makes a row.
func define[T any](name string, k kind[T], field func(*Config) *T, standard T, doc string) setting {
	return setting{
		name:   name,
		doc:    doc,
		noun:   k.noun,
		want:   k.want,
		form:   k.form,
		secret: k.secret,
		reset:  func(c *Config) { *field(c) = standard },
		set: func(c *Config, text string) error {
			value, err := k.parse(text)
			if err != nil {
				return err
			}
			*field(c) = value
			return nil
		},
		get: func(c Config) string { return k.format(*field(&c)) },
	}
}

// outsideFile marks a row whose setting cannot stand in the file.
func outsideFile(s setting) setting {
	s.outside = true
	return s
}

// errUnfit refuses a value about which there is nothing to say but what would
// have been right.
var errUnfit = errors.New("unfit value")

// problem says what is wrong with text, which set refused with err.
func (s setting) problem(text string, err error) string {
	must := "must be " + s.want
	switch {
	case s.secret:
		return must
	case errors.Is(err, errUnfit):
		return fmt.Sprintf("%s, not %s", must, shown(text))
	}
	return fmt.Sprintf("%s, not %s: %v", must, shown(text), err)
}

// shown quotes text but for a number, lest the quotes look like the mistake.
func shown(text string) string {
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return text
	}
	return quote(text)
}

// quote makes text safe to stand in a message of one line.
func quote(text string) string {
	const most = 80
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}
