package main

import (
	"github.com/spf13/pflag"

	"github.com/parley-im/parley/internal/console/client"
)

// given returns value if its flag was given, else nil.
func given[T any](flags *pflag.FlagSet, name string, value *T) *T {
	if !flags.Changed(name) {
		return nil
	}
	return value
}

// durationFlag defines a flag for a duration that may be in days.
func durationFlag(flags *pflag.FlagSet, name, usage string) *client.Duration {
	d := new(client.Duration)
	flags.Var((*durationValue)(d), name, usage)
	return d
}

// durationValue is a client.Duration as the value of a flag.
type durationValue client.Duration

// Set reads the flag.
func (d *durationValue) Set(text string) error {
	return (*client.Duration)(d).UnmarshalText([]byte(text))
}

// String is empty for 0, so that the help shows no default.
func (d *durationValue) String() string {
	if *d == 0 {
		return ""
	}
	return client.Duration(*d).String()
}

// Type stands for the value in the help.
func (d *durationValue) Type() string { return "duration" }

// rateValue is a client.RESTRate as the value of a flag.
type rateValue client.RESTRate

// Set reads the flag.
func (r *rateValue) Set(text string) (err error) {
	parsed, err := client.ParseRESTRate(text)
	*r = rateValue(parsed)
	return err
}

// String is empty for 0, so that the help shows no default.
func (r *rateValue) String() string {
	if *r == 0 {
		return ""
	}
	return client.RESTRate(*r).String()
}

// Type stands for the value in the help.
func (r *rateValue) Type() string { return "documented|number" }
