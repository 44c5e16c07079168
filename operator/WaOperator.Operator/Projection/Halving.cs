using Npgsql;
using WaOperator.Store;

namespace WaOperator.Operator.Projection;

/// <summary>Writes a batch of which PostgreSQL may refuse a row: the others are written all the same.</summary>
internal static class Halving
{
    /// <summary>Writes all at once; what is refused is halved until each row at fault stands alone.</summary>
    /// <param name="rows">In the order in which they are written.</param>
    /// <param name="write">Writes some of them in one transaction.</param>
    /// <param name="refused">Called with each row that is refused by itself.</param>
    public static async Task WriteAsync<T>(
        List<T> rows,
        Func<List<T>, Task> write,
        Action<T, PostgresException> refused
    )
    {
        if (rows.Count == 0)
            return;
        try
        {
            await write(rows);
            return;
        }
        catch (PostgresException e) when (DatabaseFailure.IsOfData(e))
        {
            if (rows.Count == 1)
            {
                refused(rows[0], e);
                return;
            }
        }
        var half = rows.Count / 2;
        await WriteAsync(rows[..half], write, refused);
        await WriteAsync(rows[half..], write, refused);
    }
}
