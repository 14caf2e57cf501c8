using System.Globalization;
using System.Text;
using System.Text.Json;
using Soket.Cli.CommandLine;

namespace Soket.Cli.Commands.Options.Effects;

/// <summary>Tells what was measured, as soon as it was: a line for people, or a record. Values are numbers, words of the system, or times in milliseconds.</summary>
internal sealed class EffectReport(CliIo io, string option, bool json)
{
    private readonly Lock _one = new(); // cases that run side by side end at once

    /// <summary>Tells one case. Any thread.</summary>
    /// <param name="key">Which case: its text is <c>effect.OPTION.KEY</c>.</param>
    /// <param name="values">What was measured.</param>
    public void Tell(string key, params (string Name, object Value)[] values)
    {
        lock (_one)
            Write(key, values);
    }

    private void Write(string key, (string Name, object Value)[] values)
    {
        if (!json)
        {
            (string, object?)[] shown = [.. values.Select(value => (value.Name, (object?)(value.Value is double number ? number.ToString(number < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture) : value.Value)))];
            io.Out.Write(Encoding.UTF8.GetBytes("  " + io.Text($"effect.{option}.{key}", shown) + "\n"));
            return;
        }

        using (var writer = new Utf8JsonWriter(io.Out))
        {
            writer.WriteStartObject();
            writer.WriteNumber("v", 1);
            writer.WriteString("type", "effect");
            writer.WriteString("option", option);
            writer.WriteString("case", key);
            foreach ((string name, object value) in values)
            {
                switch (value)
                {
                    case int number:
                        writer.WriteNumber(name, number);
                        break;
                    case long number:
                        writer.WriteNumber(name, number);
                        break;
                    case double number:
                        writer.WriteNumber(name, Math.Round(number, 3));
                        break;
                    default:
                        writer.WriteString(name, value.ToString());
                        break;
                }
            }

            writer.WriteEndObject();
        }

        io.Out.Write("\n"u8);
    }
}
