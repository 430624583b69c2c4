package webhook

import (
	"math/rand/v2"
	"time"
)

const (
	firstPause = time.Second
	maxPause   = 10 * time.Minute
	// maxProbePause keeps a recovered endpoint from waiting long to be noticed.
	maxProbePause = time.Minute
	// giveUpAfter is how long an event is tried before it is dead.
	giveUpAfter = 72 * time.Hour
)

// pause is how long to wait after the nth failure in a row, doubling from one
// second to most, and up to a fifth longer or shorter so that many do not come
// back at the same moment.
func pause(n int, most time.Duration) time.Duration {
	d := most
	if n < 30 {
		d = min(firstPause<<max(n-1, 0), most)
	}
	return d - d/5 + rand.N(2*d/5)
}
