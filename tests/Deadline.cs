using System.Collections.Concurrent;
using System.Reflection;
using Xunit;
using Xunit.v3;

[assembly: Soket.Tests.Deadline]

namespace Soket.Tests;

/// <summary>
/// A test that waits for what never comes is cancelled by its token, and says where it waited; without it, it would hold up all others until <c>./test</c> gave up.
/// Far beyond what any test takes, since it decides nothing else.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class DeadlineAttribute : BeforeAfterTestAttribute
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(7);
    private readonly ConcurrentDictionary<string, Timer> _running = new(StringComparer.Ordinal);

    public override void Before(MethodInfo methodUnderTest, IXunitTest test) =>
        _running[test.UniqueID] = new Timer(static context => ((ITestContext)context!).CancelCurrentTest(), TestContext.Current, Limit, Timeout.InfiniteTimeSpan);

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (_running.TryRemove(test.UniqueID, out Timer? timer))
            timer.Dispose();
    }
}
