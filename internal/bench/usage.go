package bench

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// usage is what a process has used so far, as its /metrics tell.
type usage struct {
	cpu    time.Duration
	memory int64
}

// readUsage asks a server for its processor time and resident memory.
func readUsage(ctx context.Context, base string) (usage, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/metrics", http.NoBody)
	if err != nil {
		return usage{}, err
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return usage{}, err
	}
	defer resp.Body.Close()
	var u usage
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), " ")
		if !ok {
			continue
		}
		number, err := strconv.ParseFloat(value, 64)
		if err != nil {
			continue
		}
		switch name {
		case "process_cpu_seconds_total":
			u.cpu = time.Duration(number * float64(time.Second))
		case "process_resident_memory_bytes":
			u.memory = int64(number)
		}
	}
	if u.memory == 0 {
		return u, fmt.Errorf("%s/metrics does not tell processor time and memory", base)
	}
	return u, lines.Err()
}

// peak watches the memory of a server.
type peak struct {
	stop chan struct{}
	wg   sync.WaitGroup
	most int64
}

func watch(ctx context.Context, base string) *peak {
	p := &peak{stop: make(chan struct{})}
	p.wg.Go(func() {
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			if u, err := readUsage(ctx, base); err == nil {
				p.most = max(p.most, u.memory)
			}
			select {
			case <-p.stop:
				return
			case <-tick.C:
			}
		}
	})
	return p
}

func (p *peak) end() int64 {
	close(p.stop)
	p.wg.Wait()
	return p.most
}
