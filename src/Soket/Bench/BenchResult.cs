namespace Soket.Bench;

/// <summary>What came of a run.</summary>
public sealed record BenchResult
{
    /// <summary>What was done.</summary>
    public required BenchPlan Plan { get; init; }

    /// <summary>The generator's name.</summary>
    public required string Generator { get; init; }

    /// <summary>When what is measured began, UTC.</summary>
    public DateTimeOffset Began { get; init; }

    /// <summary>How long it took until the connections stood.</summary>
    public TimeSpan Connecting { get; init; }

    /// <summary>What was counted while connecting and warming up.</summary>
    public BenchReading Before { get; init; } = new();

    /// <summary>What was measured.</summary>
    public BenchReading Measured { get; init; } = new();

    /// <summary>The same second by second.</summary>
    public IReadOnlyList<BenchSecond> Seconds { get; init; } = [];

    /// <summary>The same stage by stage, where the schedule of the open loop has several; a stage that was cut short is not among them.</summary>
    public IReadOnlyList<BenchStage> Stages { get; init; } = [];

    /// <summary>What the generator had to say.</summary>
    public IReadOnlyList<BenchNote> Notes { get; init; } = [];

    /// <summary>How hard the generator worked.</summary>
    public GeneratorLoad Load { get; init; } = new();

    /// <summary>
    /// Whether anything at all went as it should: a reply, a connection, a datagram; bytes of a stream that came and were right, or a stream that the server took
    /// to its end, or that never failed.
    /// </summary>
    public bool Worked { get; init; }

    /// <summary>Whether it ended before its time.</summary>
    public bool Interrupted { get; init; }
}
