package io.infrafabric.chassis.sandbox;

import java.util.function.Function;
import run.endive.runtime.Instance;
import run.endive.runtime.Machine;
import run.endive.wasm.WasmModule;

/** A parsed and compiled module; every instance shares the code and nothing else. */
record EndiveModule(String sha256, WasmModule parsed, Function<Instance, Machine> compiled) {}
