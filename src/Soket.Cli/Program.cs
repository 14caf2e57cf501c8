using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;

// Everything a run touches of the process is put together here, once; the rest takes it as arguments.
using Stream output = Terminal.OpenStdout();
using TextWriter error = Terminal.OpenStderr();
return await CommandLineApp.RunAsync(args, Terminal.CreateIo(Terminal.OpenStdin(), output, error), CancellationToken.None);
