//go:build race

package webhook

// raceDetector says that everything takes ten times as long.
const raceDetector = true
