package gateway

import (
	"slices"
	"sync"
)

// maxWatched is how many users a session watches; more push out the oldest.
const maxWatched = 200

// watchers knows which sessions want to hear of whose status. It forgets a session
// when the hub does.
type watchers struct {
	// began and ended hear of the first and the last who watches a user, if not nil.
	began, ended func(userKey)

	mu sync.Mutex // guards all below
	of map[userKey]map[*session]struct{}
	// by is whom a session watches, in the order in which it began.
	by map[*session][]userKey
}

// watch lets s hear of users.
func (w *watchers) watch(s *session, users []userKey) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.of == nil {
		w.of, w.by = make(map[userKey]map[*session]struct{}), make(map[*session][]userKey)
	}
	for _, u := range users {
		if _, already := w.of[u][s]; already {
			continue
		}
		if w.of[u] == nil {
			w.of[u] = make(map[*session]struct{})
			if w.began != nil {
				w.began(u)
			}
		}
		w.of[u][s] = struct{}{}
		w.by[s] = append(w.by[s], u)
	}
	if many := len(w.by[s]) - maxWatched; many > 0 {
		w.forget(s, slices.Clone(w.by[s][:many]))
	}
}

// watched is whom s hears of, in the order in which it began.
func (w *watchers) watched(s *session) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := make([]string, 0, len(w.by[s]))
	for _, u := range w.by[s] {
		ids = append(ids, u.id)
	}
	return ids
}

// unwatch ends that s hears of users.
func (w *watchers) unwatch(s *session, users []userKey) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forget(s, users)
}

// drop ends that s hears of anybody.
func (w *watchers) drop(s *session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forget(s, slices.Clone(w.by[s]))
}

// forget is called with w.mu held.
func (w *watchers) forget(s *session, users []userKey) {
	gone := make(map[userKey]bool, len(users))
	for _, u := range users {
		gone[u] = true
		delete(w.of[u], s)
		if w.of[u] != nil && len(w.of[u]) == 0 {
			delete(w.of, u)
			if w.ended != nil {
				w.ended(u)
			}
		}
	}
	kept := slices.DeleteFunc(w.by[s], func(u userKey) bool { return gone[u] })
	if len(kept) == 0 {
		delete(w.by, s)
		return
	}
	w.by[s] = kept
}

// appendTo adds the sessions that watch a user.
func (w *watchers) appendTo(targets []*session, u userKey) []*session {
	w.mu.Lock()
	defer w.mu.Unlock()
	for s := range w.of[u] {
		targets = append(targets, s)
	}
	return targets
}
