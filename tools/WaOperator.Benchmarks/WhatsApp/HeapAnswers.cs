using System.Globalization;

namespace WaOperator.Benchmarks.WhatsApp;

/// <summary>Says how large this process's live heap is, whenever it is asked on its standard input.</summary>
internal static class HeapAnswers
{
    /// <summary>Until the input ends.</summary>
    public static async Task GiveAsync()
    {
        while (await Console.In.ReadLineAsync() is not null)
        {
            for (var i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"heap {GC.GetTotalMemory(forceFullCollection: true)}"
                )
            );
        }
    }
}
