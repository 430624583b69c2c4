package webhook

import "testing"

func TestEventID(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		EventID("4f2a", 17): 17, "evt-4f2a-17": 17, "17": 17,
		"evt-other-17": 0, "evt-4f2a-": 0, "evt-4f2a-x": 0, "": 0, "0": 0, "-1": 0, "99999999999999999999": 0,
	} {
		got, ok := ParseEventID("4f2a", text)
		if ok != (want > 0) || (ok && got != want) {
			t.Errorf("%q: got %d, %t, want %d", text, got, ok, want)
		}
	}
}
