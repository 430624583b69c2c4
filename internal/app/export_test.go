package app

import "time"

// PollEvery sets how often a registry reads the apps whatever was heard. It is called
// before Run.
func (r *Registry) PollEvery(d time.Duration) { r.poll = d }
