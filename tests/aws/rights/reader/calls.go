package main

import (
	"go/ast"
	"strings"
)

// walk gathers the calls of AWS's SDK that code may make, by all that it names: a function that is named may be called.
type walk struct {
	source *source
	seen   map[ast.Node]bool
	// The operations, `service:Operation`, the service by the name of the SDK's package.
	operations map[string]bool
	// Whether the tags that AWS answers are kept, so that nobody asks for them.
	tagged bool
	// Types whose methods may be meant.
	receivers map[string]bool
}

func (w *walk) code(in *folder, code declared) error {
	if code.node == nil || w.seen[code.node] {
		return nil
	}
	w.seen[code.node] = true
	clients := clients(code.node)
	var failed error
	ast.Inspect(code.node, func(node ast.Node) bool {
		var err error
		switch node := node.(type) {
		case *ast.SelectorExpr:
			err = w.selected(in, code, clients, node)
		case *ast.Ident:
			if node.Name == "setTagsOut" {
				w.tagged = true
			}
			err = w.code(in, in.declared[node.Name])
		}
		if err != nil {
			failed = err
		}
		return failed == nil
	})
	return failed
}

// selected follows `x.Name`: an operation of a client, a method, or what another package declares.
func (w *walk) selected(in *folder, code declared, clients map[string]string, it *ast.SelectorExpr) error {
	name := it.Sel.Name
	x, isName := it.X.(*ast.Ident)
	if !isName {
		if service, ok := client(it.X); ok {
			w.operations[service+":"+name] = true
			return nil
		}
		return w.method(in, name)
	}
	if service, ok := clients[x.Name]; ok {
		// How a client is set is no call.
		if name != "Options" {
			w.operations[service+":"+name] = true
		}
		return nil
	}
	path, isPackage := code.imports[x.Name]
	switch {
	case isPackage && strings.HasPrefix(path, sdk):
		// What pages and waits is made of the operation that it repeats.
		of, isPages := strings.CutSuffix(name, "Paginator")
		if of, isNew := strings.CutPrefix(of, "New"); isPages && isNew {
			w.operations[strings.TrimPrefix(path, sdk)+":"+of] = true
		}
		if strings.HasPrefix(name, "New") && strings.HasSuffix(name, "Waiter") {
			w.operations[strings.TrimPrefix(path, sdk)+":"+name] = true
		}
	case isPackage && strings.HasPrefix(path, services):
		other, err := w.source.folder(strings.TrimPrefix(path, services))
		if err != nil {
			return err
		}
		return w.code(other, other.declared[name])
	case !isPackage:
		return w.method(in, name)
	}
	return nil
}

// method follows a method of the resource, or of what it embeds.
func (w *walk) method(in *folder, name string) error {
	for receiver := range w.receivers {
		if err := w.code(in, in.methods[receiver][name]); err != nil {
			return err
		}
	}
	return nil
}

// receive adds a type, and all that it embeds.
func (w *walk) receive(in *folder, name string) {
	if w.receivers[name] {
		return
	}
	w.receivers[name] = true
	for _, other := range in.embeds[name] {
		w.receive(in, other)
	}
}

// clients are the names that stand for a client of the SDK, with its service.
func clients(code ast.Node) map[string]string {
	found := map[string]string{}
	ast.Inspect(code, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.Field:
			star, isStar := node.Type.(*ast.StarExpr)
			if !isStar {
				break
			}
			of, isOther := star.X.(*ast.SelectorExpr)
			if isOther && of.Sel.Name == "Client" {
				for _, name := range node.Names {
					found[name.Name] = typeName(of.X)
				}
			}
		case *ast.AssignStmt:
			for at, value := range node.Rhs {
				if service, ok := client(value); ok && at < len(node.Lhs) {
					if name, isName := node.Lhs[at].(*ast.Ident); isName && found[name.Name] == "" {
						found[name.Name] = service
					}
				}
			}
		}
		return true
	})
	return found
}

// client reads `….ECSClient(ctx)`.
func client(it ast.Expr) (string, bool) {
	call, isCall := it.(*ast.CallExpr)
	if !isCall {
		return "", false
	}
	method, isMethod := call.Fun.(*ast.SelectorExpr)
	if !isMethod {
		return "", false
	}
	service, isClient := strings.CutSuffix(method.Sel.Name, "Client")
	return strings.ToLower(service), isClient && service != ""
}
