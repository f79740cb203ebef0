import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import org.teavm.diagnostics.Problem;
import org.teavm.tooling.TeaVMTargetType;
import org.teavm.tooling.TeaVMTool;
import org.teavm.vm.TeaVMOptimizationLevel;

/**
 * Makes a WASI preview 1 command of compiled Java classes: {@code java -cp <TeaVM> WasmCompiler.java <main class> <classes>
 * <output.wasm>}.
 *
 * <p>TeaVM 0.13 is the last line with a WASI target that needs no garbage collector of the engine, and the first that reads
 * the class files of JDK 25. Its Maven plugin was not published for it, hence these lines.
 */
final class WasmCompiler {
  private static final int SMALLEST_HEAP_BYTES = 512 * 1024;
  private static final int LARGEST_HEAP_BYTES = 16 * 1024 * 1024;

  private WasmCompiler() {}

  public static void main(String[] args) throws Exception {
    File output = new File(args[2]).getAbsoluteFile();
    TeaVMTool tool = new TeaVMTool();
    tool.setTargetType(TeaVMTargetType.WEBASSEMBLY_WASI);
    tool.setMainClass(args[0]);
    tool.setClassLoader(
        new URLClassLoader(new URL[] {new File(args[1]).toURI().toURL()}, WasmCompiler.class.getClassLoader()));
    tool.setTargetDirectory(output.getParentFile());
    tool.setTargetFileName(output.getName());
    tool.setOptimizationLevel(TeaVMOptimizationLevel.FULL);
    tool.setObfuscated(true);
    tool.setMinHeapSize(SMALLEST_HEAP_BYTES);
    tool.setMaxHeapSize(LARGEST_HEAP_BYTES);
    tool.generate();
    for (Problem problem : tool.getProblemProvider().getProblems()) {
      System.err.println(problem.getText() + " " + java.util.Arrays.toString(problem.getParams()));
    }
    if (!tool.getProblemProvider().getSevereProblems().isEmpty()) {
      System.exit(1);
    }
  }
}
