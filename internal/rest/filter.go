package rest

import "slices"

// filter is the names of the fields that a caller wants; nil means all.
type filter []string

// has reports whether one of names is wanted.
func (f filter) has(names ...string) bool {
	if f == nil {
		return true
	}
	for _, name := range names {
		if slices.Contains(f, name) {
			return true
		}
	}
	return false
}

// pick returns a field's value if one of its names is wanted, else nil, so that
// the answer leaves it out.
func pick[T any](f filter, value T, names ...string) *T {
	if !f.has(names...) {
		return nil
	}
	return &value
}
