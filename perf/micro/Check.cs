namespace Soket.Perf.Micro;

/// <summary>A figure of a wrong answer is none: each benchmark is run once and looked at before it is timed.</summary>
internal static class Check
{
    public static void That(bool right, string what)
    {
        if (!right)
            throw new InvalidOperationException($"Wrong: {what}.");
    }
}
