// A program that has nothing to do: what starting it costs.
package main

func main() {}
