// Command shop is the infrastructure of a Django shop: each stack is a base, or an app on the base that its live config
// names.
package main

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

func main() {
	pulumi.Run(program)
}
