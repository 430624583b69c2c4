package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"time"
)

// conn is one keep-alive connection that posts bodies to one address.
type conn struct {
	net.Conn

	reader *bufio.Reader
	head   []byte
	buffer []byte
}

// dial connects to the host of target and prepares the head of its requests.
func dial(ctx context.Context, target string) (*conn, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", target, err)
	}
	c, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: ", u.RequestURI(), u.Host)
	return &conn{Conn: c, reader: bufio.NewReaderSize(c, 4<<10), head: []byte(head)}, nil
}

var (
	errStatus    = errors.New("the answer is not HTTP 200")
	errLength    = errors.New("the answer has no Content-Length")
	lengthHeader = []byte("content-length:")
)

// post sends one body and returns the body of the answer, which is valid until
// the next call.
func (c *conn) post(body []byte) ([]byte, error) {
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return nil, err
	}
	c.buffer = append(c.buffer[:0], c.head...)
	c.buffer = strconv.AppendInt(c.buffer, int64(len(body)), 10)
	c.buffer = append(c.buffer, "\r\n\r\n"...)
	c.buffer = append(c.buffer, body...)
	if _, err := c.Write(c.buffer); err != nil {
		return nil, err
	}
	return c.answer()
}

func (c *conn) answer() ([]byte, error) {
	line, err := c.reader.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	good := bytes.HasPrefix(line, []byte("HTTP/1.1 200"))
	length := -1
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if len(line) <= 2 {
			break
		}
		if len(line) > len(lengthHeader) && bytes.EqualFold(line[:len(lengthHeader)], lengthHeader) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(lengthHeader):]))); err != nil {
				return nil, err
			}
		}
	}
	if length < 0 {
		return nil, errLength
	}
	if cap(c.buffer) < length {
		c.buffer = make([]byte, length)
	}
	c.buffer = c.buffer[:length]
	if _, err := io.ReadFull(c.reader, c.buffer); err != nil {
		return nil, err
	}
	if !good {
		return nil, errStatus
	}
	return c.buffer, nil
}
