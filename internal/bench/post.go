package bench

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	postSenders  = 64
	postDuration = 3 * time.Second
)

// barePosts measures what a keep-alive POST with the standard client costs the
// process that makes it: the least that a delivery can cost. In milliseconds.
func barePosts(ctx context.Context, address string) (float64, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: postSenders, DisableCompression: true}
	defer transport.CloseIdleConnections()
	body := newSends([]string{"bench"}, []string{"user0001"}, false).next(1, 1)
	before, err := ownCPU()
	if err != nil {
		return 0, err
	}
	var posts atomic.Int64
	var wg sync.WaitGroup
	end := time.Now().Add(postDuration)
	failures := make(chan error, postSenders)
	for range postSenders {
		wg.Go(func() {
			for time.Now().Before(end) {
				if err := barePost(ctx, transport, address, body); err != nil {
					failures <- err
					return
				}
				posts.Add(1)
			}
		})
	}
	wg.Wait()
	close(failures)
	if err := <-failures; err != nil {
		return 0, err
	}
	after, err := ownCPU()
	return perItem(after-before, int(posts.Load())), err
}

func barePost(ctx context.Context, transport *http.Transport, address string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// ownCPU is the processor time that this process has used.
func ownCPU() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
