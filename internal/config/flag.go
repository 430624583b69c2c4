package config

import (
	"strings"

	"github.com/spf13/pflag"
)

// Register defines a flag for every setting. What the flags are given is not
// checked before Load, which reports it together with all other faults.
func Register(flags *pflag.FlagSet) {
	standard := Default()
	for _, s := range settings {
		flag := flags.VarPF(&flagValue{setting: s, text: s.get(standard)}, s.flag(), "", s.usage())
		if s.form == asBoolean {
			flag.NoOptDefVal = "true"
		}
	}
}

// usage is the first sentence of the documentation.
func (s setting) usage() string {
	first, _, _ := strings.Cut(s.doc, ". ")
	return strings.TrimSuffix(first, ".")
}

// flagValue keeps the text of a flag until Load looks at it.
type flagValue struct {
	setting setting
	text    string
	given   bool
}

// Set takes any text. The flag of a list may be repeated.
func (f *flagValue) Set(text string) error {
	if f.given && f.setting.form == asList {
		text = f.text + "," + text
	}
	f.text, f.given = text, true
	return nil
}

// String returns the text, which the help shows as the default, except that of
// a secret.
func (f *flagValue) String() string {
	if f.setting.secret {
		return ""
	}
	return f.text
}

// Type returns the word that stands for the value in the help.
func (f *flagValue) Type() string {
	if f.setting.form == asBoolean {
		return "bool" // the word for which the help shows no value
	}
	return f.setting.noun
}

// fromFlags reads the flags that were given.
func fromFlags(flags *pflag.FlagSet) source {
	from := source{values: map[string]string{}, label: func(s setting) string { return "--" + s.flag() }}
	if flags == nil {
		return from
	}
	flags.Visit(func(flag *pflag.Flag) {
		if value, ok := flag.Value.(*flagValue); ok {
			from.values[value.setting.name] = value.text
		}
	})
	return from
}
