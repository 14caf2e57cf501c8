using System.ComponentModel;
using System.Diagnostics;

namespace Soket.Programs;

/// <summary>Programs on .NET's own <see cref="Process"/>: works wherever .NET does. There is no way to ask a program to end; it is killed.</summary>
public sealed class ManagedPrograms : IProgramStarter
{
    /// <inheritdoc/>
    public IRunningProgram Start(ProgramCommand command, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(command.Path, command.Arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, CreateNoWindow = true };
        start.Environment.Clear();
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        try
        {
            return new Running(Process.Start(start)!);
        }
        catch (Win32Exception e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private sealed class Running(Process process) : IRunningProgram
    {
        public int Id { get; } = process.Id;

        public Stream Input { get; } = process.StandardInput.BaseStream;

        public Stream Output { get; } = process.StandardOutput.BaseStream;

        public Stream Error { get; } = process.StandardError.BaseStream;

        public Task<ProgramEnd> Ended { get; } = EndAsync(process);

        public void Terminate() => Kill();

        public void Kill()
        {
            try
            {
                process.Kill(entireProcessTree: true);
            }
            catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
            {
                // It has ended meanwhile, or will not be ended by us; Ended tells.
            }
        }

        public async ValueTask DisposeAsync()
        {
            Kill();
            await Ended.ConfigureAwait(false);
            process.Dispose();
        }

        // A child that a signal ended has 128 and its number as exit code here, as shells write it.
        private static async Task<ProgramEnd> EndAsync(Process process)
        {
            await process.WaitForExitAsync().ConfigureAwait(false);
            return !OperatingSystem.IsWindows() && process.ExitCode > 128 ? new(null, process.ExitCode - 128) : new(process.ExitCode, null);
        }
    }
}
