using System.Globalization;
using System.Text.Json;
using Soket.Perf.Idle;

if (args is ["server"])
    return await Server.RunAsync();

int connections = 10_000;
bool json = false;
for (int i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--json":
            json = true;
            break;
        case "--connections" when i + 1 < args.Length && int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out connections):
            i++;
            break;
        default:
            Console.Error.WriteLine("usage: run [--connections 10000] [--json]");
            return 2;
    }
}

Figures figures = await Client.MeasureAsync(connections);
Console.Out.WriteLine(json ? JsonSerializer.Serialize(figures, FiguresContext.Default.Figures) : figures.ToText());
return 0;
