package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// readFile reads a file of at most so many bytes.
func readFile(path string, most int64) ([]byte, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, cause(err)
	}
	defer file.Close()
	var buffer bytes.Buffer
	if _, err := io.Copy(&buffer, io.LimitReader(file, most+1)); err != nil {
		return nil, cause(err)
	}
	if int64(buffer.Len()) > most {
		return nil, fmt.Errorf("it is larger than %s", formatSize(most))
	}
	return buffer.Bytes(), nil
}

// cause drops the path from err, since the messages name it already.
func cause(err error) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err
	}
	return err
}
