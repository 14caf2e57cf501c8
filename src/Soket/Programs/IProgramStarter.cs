namespace Soket.Programs;

/// <summary>Starts programs whose stdin, stdout and stderr are pipes of this process. A platform's own assembly may supply a better one than .NET's.</summary>
public interface IProgramStarter
{
    /// <summary>Starts a program. No descriptor that this process has opened comes with it but those three.</summary>
    /// <param name="command">The program.</param>
    /// <param name="environment">All of its environment.</param>
    /// <exception cref="IOException">It could not be started: no such file, not executable, no more processes or descriptors.</exception>
    IRunningProgram Start(ProgramCommand command, IReadOnlyDictionary<string, string> environment);
}

/// <summary>A program that was started. Disposing ends it, and what it started, if they have not ended.</summary>
public interface IRunningProgram : IAsyncDisposable
{
    /// <summary>Its process number.</summary>
    int Id { get; }

    /// <summary>Its stdin, written here; disposing it is the end of its input.</summary>
    Stream Input { get; }

    /// <summary>Its stdout, read here.</summary>
    Stream Output { get; }

    /// <summary>Its stderr, read here.</summary>
    Stream Error { get; }

    /// <summary>How it ended; never faults.</summary>
    Task<ProgramEnd> Ended { get; }

    /// <summary>Asks it and what it started to end (SIGTERM), where the platform has a way to ask.</summary>
    void Terminate();

    /// <summary>Ends it and what it started (SIGKILL).</summary>
    void Kill();
}

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">Its exit code; null when a signal ended it, or nobody could say.</param>
/// <param name="Signal">The number of the signal that ended it; null when none did.</param>
public readonly record struct ProgramEnd(int? ExitCode, int? Signal);
