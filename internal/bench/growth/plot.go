package main

import (
	"fmt"
	"image/color"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// The colours can be told apart on white and on black, and by those who do not see red.
var (
	grey    = color.Gray{0x80}
	colours = []color.Color{color.NRGBA{0x2f, 0x81, 0xf7, 0xff}, color.NRGBA{0xdb, 0x6d, 0x28, 0xff}}
)

// draw makes the two plots: processor time of a send over messages and over groups.
func draw(o *options, engines []engine, results map[string]map[point]*result) error {
	messages, groups := newPlot("messages stored, in "+count(o.some.groups)+" groups", o.messages), newPlot("groups, "+count(o.some.messages)+" messages stored", o.groups)
	for i, e := range engines {
		cost := func(p point) float64 {
			m := results[e.name()][p].median()
			return m.cpu + m.engine
		}
		if err := addLine(messages, e.name(), colours[i%len(colours)], false, o.messages, func(n int) float64 {
			return cost(point{size{n, o.some.groups}, o.some.groups})
		}); err != nil {
			return err
		}
		if err := addLine(groups, e.name()+", sends into all", colours[i%len(colours)], false, o.groups, func(n int) float64 {
			return cost(point{size{o.some.messages, n}, n})
		}); err != nil {
			return err
		}
		if err := addLine(groups, fmt.Sprintf("%s, into %d of them", e.name(), few), colours[i%len(colours)], true, o.groups, func(n int) float64 {
			return cost(point{size{o.some.messages, n}, min(n, few)})
		}); err != nil {
			return err
		}
	}
	for name, p := range map[string]*plot.Plot{"growth-messages.svg": messages, "growth-groups.svg": groups} {
		p.Y.Min, p.Y.Max = 0, 1.4*p.Y.Max // room for the legend
		if err := p.Save(16*vg.Centimeter, 8*vg.Centimeter, filepath.Join(o.out, name)); err != nil {
			return fmt.Errorf("draw %s: %w", name, err)
		}
	}
	return nil
}

func newPlot(over string, sizes []int) *plot.Plot {
	plot.DefaultFont.Variant = "Sans"
	p := plot.New()
	p.BackgroundColor = color.Transparent
	p.X.Label.Text, p.Y.Label.Text = over, "processor time of a send, µs"
	p.X.Scale = plot.LogScale{}
	ticks := make(plot.ConstantTicks, 0, len(sizes))
	for _, n := range sizes {
		ticks = append(ticks, plot.Tick{Value: float64(n), Label: count(n)})
	}
	p.X.Tick.Marker = ticks
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Color, a.Label.TextStyle.Color, a.Tick.Color, a.Tick.Label.Color = grey, grey, grey, grey
	}
	p.Legend.Top, p.Legend.Left, p.Legend.TextStyle.Color = true, true, grey
	return p
}

func addLine(p *plot.Plot, name string, c color.Color, dashed bool, sizes []int, cost func(int) float64) error {
	at := make(plotter.XYs, 0, len(sizes))
	for _, n := range sizes {
		at = append(at, plotter.XY{X: float64(n), Y: math.Round(cost(n)*10) / 10})
	}
	line, dots, err := plotter.NewLinePoints(at)
	if err != nil {
		return err
	}
	line.Color, dots.Color, line.Width = c, c, vg.Points(1.5)
	if dashed {
		line.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
	}
	p.Add(line, dots)
	p.Legend.Add(name, line, dots)
	return nil
}

// count writes a number with commas.
func count(n int) string {
	digits := strconv.Itoa(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}
