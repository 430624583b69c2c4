package config

import "strings"

// Fault is one thing that is wrong with the configuration.
type Fault struct {
	// Name is the key with its file, the environment variable or the flag.
	Name string
	// Problem says what is wrong and what would be right.
	Problem string
}

// String returns name and problem on one line.
func (f Fault) String() string { return f.Name + ": " + f.Problem }

// Error is everything that is wrong with the configuration: first the file,
// then the environment, then the flags. It holds at least one fault.
type Error struct {
	Faults []Fault
}

// Error returns the faults, one a line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Faults))
	for i, fault := range e.Faults {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}
