// Reader prints which operations of AWS the provider's code may call for each of our types, by what is done to one.
//
//	go run . FOLDER < ../types.tsv > ../operations.tsv
//
// FOLDER is terraform-provider-aws's source. The code is read without its types: whatever a function names counts as
// called, also in a branch that none of our properties takes. Reviewed, that is taken out again, see ../untaken.tsv.
package main

import (
	"bufio"
	"fmt"
	"go/ast"
	"os"
	"slices"
	"strings"
)

// What Pulumi does to a resource, by the fields of the older plugin SDK. The newer has methods of these names.
var phases = []struct {
	name   string
	fields []string
}{
	{"plan", []string{"CustomizeDiff"}},
	{"create", []string{"CreateWithoutTimeout", "CreateContext", "Create"}},
	{"read", []string{"ReadWithoutTimeout", "ReadContext", "Read"}},
	{"update", []string{"UpdateWithoutTimeout", "UpdateContext", "Update"}},
	{"delete", []string{"DeleteWithoutTimeout", "DeleteContext", "Delete"}},
}

func main() {
	if err := read(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(root string) error {
	s := &source{root, map[string]*folder{}}
	registered, err := s.registered()
	if err != nil {
		return err
	}
	fmt.Println("token\toperation\tphases")
	lines := bufio.NewScanner(os.Stdin)
	lines.Scan()
	for lines.Scan() {
		token, terraform, _ := strings.Cut(lines.Text(), "\t")
		it, ok := registered[terraform]
		if !ok {
			return fmt.Errorf("the provider has no `%s`", terraform)
		}
		found, err := s.operations(it)
		if err != nil {
			return err
		}
		for _, operation := range sorted(found) {
			fmt.Printf("%s\t%s\t%s\n", token, operation, strings.Join(found[operation], " "))
		}
	}
	return lines.Err()
}

// operations are those of one type, each with its phases.
func (s *source) operations(it registration) (map[string][]string, error) {
	found := map[string][]string{}
	in := it.in
	factory, ok := in.declared[it.factory]
	if !ok {
		return nil, fmt.Errorf("`%s` is not declared in `%s`", it.factory, in.name)
	}
	for _, phase := range phases {
		w := &walk{source: s, seen: map[ast.Node]bool{}, operations: map[string]bool{}, receivers: map[string]bool{}}
		made := resource(factory)
		w.receive(in, made.name)
		for _, field := range phase.fields {
			if value, ok := made.fields[field]; ok {
				if err := w.code(in, declared{value, factory.imports}); err != nil {
					return nil, err
				}
			}
		}
		method := map[string]string{"plan": "ModifyPlan", "create": "Create", "read": "Read", "update": "Update", "delete": "Delete"}
		if err := w.method(in, method[phase.name]); err != nil {
			return nil, err
		}
		if err := s.tags(w, it, phase.name); err != nil {
			return nil, err
		}
		for operation := range w.operations {
			found[operation] = append(found[operation], phase.name)
		}
	}
	return found, nil
}

// tags adds what the provider does with tags by itself, around a resource's own code.
func (s *source) tags(w *walk, it registration, phase string) error {
	if !it.tags {
		return nil
	}
	methods := it.in.methods["servicePackage"]
	if phase == "update" {
		return w.code(it.in, methods["UpdateTags"])
	}
	if phase == "read" && !w.tagged {
		return w.code(it.in, methods["ListTags"])
	}
	return nil
}

type made struct {
	name   string
	fields map[string]ast.Node
}

// resource reads what a factory makes: the type of the newer kind, or the fields of the older.
func resource(factory declared) made {
	it := made{"", map[string]ast.Node{}}
	ast.Inspect(factory.node, func(node ast.Node) bool {
		literal, ok := node.(*ast.CompositeLit)
		if !ok {
			return true
		}
		name := typeName(literal.Type)
		if it.name == "" {
			it.name = name
		}
		if name != "Resource" {
			return true
		}
		for _, element := range literal.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				key := typeName(pair.Key)
				if _, known := it.fields[key]; !known {
					it.fields[key] = pair.Value
				}
			}
		}
		// What stands inside is its schema.
		return false
	})
	return it
}

// registration is a type as its package lists it.
type registration struct {
	in      *folder
	factory string
	tags    bool
}

// registered are all types of the provider, those that only read with `data.` in front.
func (s *source) registered() (map[string]registration, error) {
	entries, err := os.ReadDir(s.root + "/internal/service")
	if err != nil {
		return nil, err
	}
	found := map[string]registration{}
	for _, entry := range entries {
		if !slices.Contains(used, entry.Name()) {
			continue
		}
		in, err := s.folder(entry.Name())
		if err != nil {
			return nil, err
		}
		for method, prefix := range map[string]string{
			"SDKResources": "", "FrameworkResources": "", "SDKDataSources": "data.", "FrameworkDataSources": "data.",
		} {
			for name, it := range listed(in.methods["servicePackage"][method]) {
				found[prefix+name] = registration{in, it.factory, it.tags}
			}
		}
	}
	return found, nil
}

// Where our types are; to read all of the provider's packages takes a minute.
var used = []string{
	"acm", "appautoscaling", "cloudwatch", "ec2", "ecs", "elasticache", "elbv2", "iam", "logs", "meta", "rds", "route53",
	"s3", "secretsmanager", "servicediscovery", "ssm", "sts", "wafv2",
}

func listed(method declared) map[string]registration {
	found := map[string]registration{}
	if method.node == nil {
		return found
	}
	ast.Inspect(method.node, func(node ast.Node) bool {
		literal, ok := node.(*ast.CompositeLit)
		if !ok {
			return true
		}
		var name string
		var it registration
		for _, element := range literal.Elts {
			pair, ok := element.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			switch typeName(pair.Key) {
			case "Factory":
				it.factory = typeName(pair.Value)
			case "TypeName":
				if text, ok := pair.Value.(*ast.BasicLit); ok {
					name = strings.Trim(text.Value, `"`)
				}
			case "Tags":
				it.tags = true
			}
		}
		if name != "" {
			found[name] = it
		}
		return true
	})
	return found
}

func sorted(found map[string][]string) []string {
	var names []string
	for name := range found {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
