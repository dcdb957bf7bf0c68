// Runs one operation of Pulumi's Automation API on an ordinary Go program, in this process.
//
// Usage: PROGRAM REQUEST.json
//
// The request and the result are those of `run.py`, which describes them. A Go program cannot be loaded at run time, so
// this file takes the place of its `main.go` when it is built (`go build -overlay`), and calls its function `program`.
// Of the operations and options it has those that the tests use; others are refused.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// closing is how long the stream of events is waited for: it ends with the operation, but for one that failed before
// Pulumi opened it.
const closing = 10 * time.Second

type request struct {
	ProjectDir      string  `json:"project_dir"`
	Program         string  `json:"program"`
	Stack           string  `json:"stack"`
	SecretsProvider string  `json:"secrets_provider"`
	Operation       string  `json:"operation"`
	Options         options `json:"options"`
	ResultFile      string  `json:"result_file"`
	EventLog        string  `json:"event_log"`
}

type options struct {
	Refresh bool `json:"refresh"`
}

type result struct {
	Result      string                 `json:"result"`
	Summary     map[apitype.OpType]int `json:"summary"`
	Steps       []step                 `json:"steps"`
	Failed      []string               `json:"failed"`
	Diagnostics []diagnostic           `json:"diagnostics"`
	Stdout      string                 `json:"stdout"`
	Stderr      string                 `json:"stderr"`
	Error       *string                `json:"error"`
}

// step is what one step does to one resource.
type step struct {
	Op             apitype.OpType              `json:"op"`
	URN            string                      `json:"urn"`
	Type           string                      `json:"type"`
	Diffs          []string                    `json:"diffs"`
	DetailedDiff   map[string]apitype.DiffKind `json:"detailedDiff"`
	ReplaceReasons []string                    `json:"replaceReasons"`
}

type diagnostic struct {
	Severity string `json:"severity"`
	URN      string `json:"urn"`
	Message  string `json:"message"`
}

func main() {
	succeeded, err := run(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if !succeeded {
		os.Exit(1)
	}
}

// run carries out the request; a failure of Pulumi is a result, too.
func run(ctx context.Context) (bool, error) {
	if len(os.Args) != 2 {
		return false, fmt.Errorf("usage: %s REQUEST.json", os.Args[0])
	}
	request, err := read(os.Args[1])
	if err != nil {
		return false, err
	}
	told := result{
		Result: "succeeded", Summary: map[apitype.OpType]int{}, Steps: []step{}, Failed: []string{},
		Diagnostics: []diagnostic{},
	}
	if err := told.carryOut(ctx, request); err != nil {
		text := err.Error()
		told.Result, told.Error = "failed", &text
	}
	text, err := json.MarshalIndent(told, "", "  ")
	if err != nil {
		return false, err
	}
	return told.Error == nil, os.WriteFile(request.ResultFile, append(text, '\n'), 0o644)
}

func read(file string) (request, error) {
	var request request
	text, err := os.ReadFile(file)
	if err != nil {
		return request, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return request, decoder.Decode(&request)
}

// open opens a file that gets one line for each event; without a name they are lost.
func open(file string) (*os.File, error) {
	if file == "" {
		file = os.DevNull
	}
	return os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
}

func (told *result) carryOut(ctx context.Context, request request) error {
	directory := auto.WorkDir(request.ProjectDir)
	workspace, err := auto.NewLocalWorkspace(ctx, directory)
	if err != nil {
		return err
	}
	project, err := workspace.ProjectSettings(ctx)
	if err != nil {
		return err
	}
	secrets := auto.SecretsProvider(request.SecretsProvider)
	stack, err := auto.UpsertStackInlineSource(ctx, request.Stack, string(project.Name), program, directory, secrets)
	if err != nil {
		return err
	}
	stream, gathered := make(chan events.EngineEvent), make(chan struct{})
	log, err := open(request.EventLog)
	if err != nil {
		return err
	}
	defer log.Close()
	go func() {
		defer close(gathered)
		for event := range stream {
			told.add(event)
			// A log that cannot be written is missed by whoever reads it.
			_ = json.NewEncoder(log).Encode(event.EngineEvent)
		}
	}()
	err = told.operate(ctx, &stack, request, stream)
	select {
	case <-gathered:
	case <-time.After(closing):
	}
	return err
}

func (told *result) operate(
	ctx context.Context, stack *auto.Stack, request request, stream chan events.EngineEvent,
) error {
	switch request.Operation {
	case "preview":
		options := []optpreview.Option{optpreview.EventStreams(stream)}
		if request.Options.Refresh {
			options = append(options, optpreview.Refresh())
		}
		outcome, err := stack.Preview(ctx, options...)
		told.Stdout, told.Stderr = outcome.StdOut, outcome.StdErr
		return err
	case "up":
		options := []optup.Option{optup.EventStreams(stream)}
		if request.Options.Refresh {
			options = append(options, optup.Refresh())
		}
		outcome, err := stack.Up(ctx, options...)
		told.Stdout, told.Stderr = outcome.StdOut, outcome.StdErr
		return err
	case "destroy":
		outcome, err := stack.Destroy(ctx, optdestroy.EventStreams(stream))
		told.Stdout, told.Stderr = outcome.StdOut, outcome.StdErr
		return err
	default:
		return fmt.Errorf("the operation `%s` is not known to this runner", request.Operation)
	}
}

func (told *result) add(event events.EngineEvent) {
	switch {
	case event.SummaryEvent != nil:
		told.Summary = event.SummaryEvent.ResourceChanges
	case event.ResourcePreEvent != nil:
		told.Steps = append(told.Steps, stepOf(event.ResourcePreEvent.Metadata))
	case event.ResOpFailedEvent != nil:
		told.Failed = append(told.Failed, event.ResOpFailedEvent.Metadata.URN)
	case event.DiagnosticEvent != nil && event.DiagnosticEvent.Severity != "debug":
		said := event.DiagnosticEvent
		told.Diagnostics = append(told.Diagnostics, diagnostic{said.Severity, said.URN, said.Message})
	}
}

func stepOf(metadata apitype.StepEventMetadata) step {
	kinds := map[string]apitype.DiffKind{}
	for path, diff := range metadata.DetailedDiff {
		kinds[path] = diff.Kind
	}
	return step{
		Op: metadata.Op, URN: metadata.URN, Type: metadata.Type, DetailedDiff: kinds,
		Diffs: append([]string{}, metadata.Diffs...), ReplaceReasons: append([]string{}, metadata.Keys...),
	}
}
