using System.Text.Json;
using Xunit;

namespace Soket.Cli.Tests;

/// <summary>What the built program asks of the .NET that runs it.</summary>
public sealed class RuntimeTests
{
    [Fact]
    public async Task It_needs_no_ICU_and_behaves_the_same_where_there_is_one()
    {
        string file = Path.ChangeExtension(SoketProcess.Program, ".runtimeconfig.json");
        using JsonDocument told = JsonDocument.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        JsonElement properties = told.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties");
        Assert.True(properties.GetProperty("System.Globalization.Invariant").GetBoolean());
    }
}
