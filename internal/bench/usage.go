package bench

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
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

// readUsages adds up what several servers have used.
func readUsages(ctx context.Context, bases []string) (usage, error) {
	var all usage
	for _, base := range bases {
		u, err := readUsage(ctx, base)
		if err != nil {
			return all, err
		}
		all.cpu += u.cpu
		all.memory += u.memory
	}
	return all, nil
}

// clockTick is the unit of processor times in /proc.
const clockTick = 10 * time.Millisecond

// EngineTime is the processor time of a process and of its children that still run;
// 0 if that cannot be told.
func EngineTime(pid int) time.Duration {
	if pid == 0 {
		return 0
	}
	all := processTime(pid)
	list, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid)) // without it there are none
	for name := range strings.FieldsSeq(string(list)) {
		if child, err := strconv.Atoi(name); err == nil {
			all += processTime(child)
		}
	}
	return all
}

func processTime(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0 // it has ended
	}
	// The name in parentheses may hold spaces. The 14th and 15th field are the times.
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])   // always a number
	system, _ := strconv.Atoi(fields[12]) // as above
	return time.Duration(user+system) * clockTick
}

// peak watches the memory of servers.
type peak struct {
	stop chan struct{}
	wg   sync.WaitGroup
	most int64
}

func watch(ctx context.Context, bases []string) *peak {
	p := &peak{stop: make(chan struct{})}
	p.wg.Go(func() {
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			if u, err := readUsages(ctx, bases); err == nil {
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
