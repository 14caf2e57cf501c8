namespace Soket.Bench;

/// <summary>
/// When the messages of an open loop are due: evenly spaced at each stage's rate, the first one at the start. A server that stalls does not change it, which is
/// what keeps a generator from omitting, in step with the server, the very messages that would have waited. After the last stage its rate goes on. Safe for
/// any thread.
/// </summary>
public sealed class ArrivalSchedule
{
    private readonly ArrivalStage[] _stages;
    private readonly double[] _before; // messages before each stage, and before the end
    private readonly double[] _starts; // seconds, likewise

    /// <summary>Creates a schedule.</summary>
    /// <param name="stages">The stages, one or more, in order; the last must end with a rate above zero.</param>
    public ArrivalSchedule(params ReadOnlySpan<ArrivalStage> stages)
    {
        ArgumentOutOfRangeException.ThrowIfZero(stages.Length, nameof(stages));
        _stages = stages.ToArray();
        _before = new double[_stages.Length + 1];
        _starts = new double[_stages.Length + 1];
        for (int i = 0; i < _stages.Length; i++)
        {
            ArrivalStage stage = _stages[i];
            if (!(stage.From >= 0 && stage.To >= 0 && stage.From + stage.To > 0 && double.IsFinite(stage.From + stage.To) && stage.Time > TimeSpan.Zero))
                throw new ArgumentException($"{stage} is no stage.", nameof(stages));
            _before[i + 1] = _before[i] + stage.Messages;
            _starts[i + 1] = _starts[i] + stage.Time.TotalSeconds;
        }

        if (_stages[^1].To <= 0)
            throw new ArgumentException("The last stage ends with no rate at all.", nameof(stages));
    }

    /// <summary>The stages.</summary>
    public IReadOnlyList<ArrivalStage> Stages => _stages;

    /// <summary>The same rate all the time.</summary>
    /// <param name="rate">Messages a second, more than zero.</param>
    public static ArrivalSchedule Steady(double rate) => new(new ArrivalStage(rate, rate, TimeSpan.FromSeconds(1)));

    /// <summary>When a message is due, ns from the start.</summary>
    /// <param name="number">The message's number, from 0, over all workers. Where W workers share the schedule, worker k takes k, k + W, k + 2W ...</param>
    public long DueAt(long number)
    {
        int stage = 0;
        while (stage < _stages.Length - 1 && number >= _before[stage + 1])
            stage++;
        double left = number - _before[stage];
        double seconds;
        (double from, double to, TimeSpan time) = _stages[stage];
        if (number >= _before[stage + 1])
        {
            seconds = _starts[stage + 1] + ((number - _before[stage + 1]) / to);
        }
        else if (from == to)
        {
            seconds = _starts[stage] + (left / from);
        }
        else
        {
            // left = from t + slope t^2 / 2, solved for t in the form that does not cancel.
            double slope = (to - from) / time.TotalSeconds;
            double root = Math.Sqrt(Math.Max(0, (from * from) + (2 * slope * left)));
            seconds = _starts[stage] + (left == 0 ? 0 : 2 * left / (from + root));
        }

        return (long)(seconds * 1e9);
    }

    /// <summary>How many messages are due up to and including a moment: the number of the next one.</summary>
    /// <param name="nanoseconds">The moment, from the start, 0 or more.</param>
    public long CountAt(long nanoseconds)
    {
        double seconds = nanoseconds / 1e9;
        int stage = 0;
        while (stage < _stages.Length - 1 && seconds >= _starts[stage + 1])
            stage++;
        (double from, double to, TimeSpan time) = _stages[stage];
        double t = seconds - _starts[stage];
        double messages = seconds >= _starts[stage + 1]
            ? _before[stage + 1] + ((seconds - _starts[stage + 1]) * to)
            : _before[stage] + (from * t) + ((to - from) / time.TotalSeconds * t * t / 2);

        // Rounded to whole nanoseconds above: what DueAt says decides.
        long count = Math.Max(0, (long)messages);
        while (DueAt(count) <= nanoseconds)
            count++;
        while (count > 0 && DueAt(count - 1) > nanoseconds)
            count--;
        return count;
    }

    /// <summary>The rate at a moment, messages a second.</summary>
    /// <param name="time">The moment, from the start.</param>
    public double RateAt(TimeSpan time)
    {
        double seconds = time.TotalSeconds;
        int stage = 0;
        while (stage < _stages.Length - 1 && seconds >= _starts[stage + 1])
            stage++;
        (double from, double to, TimeSpan length) = _stages[stage];
        return from + ((to - from) * Math.Clamp((seconds - _starts[stage]) / length.TotalSeconds, 0, 1));
    }
}
