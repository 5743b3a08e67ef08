import { type DeliveryRow, deliveryRow } from '../runtime/deliveryRow.ts'
import { type Tables, rowsOf } from '../runtime/rows.ts'

/** The last deliveries, the newest first; those of one status where asked for. */
export const listDeliveries = (
  tables: Tables,
  { status, limit = 50 }: { readonly status?: DeliveryRow['status']; readonly limit?: number } = {},
): Promise<readonly DeliveryRow[]> =>
  rowsOf(
    tables,
    deliveryRow,
    (table) => `select * from ${table('delivery_overview')} where $1::text is null or status = $1
      order by queued_at desc nulls last, delivery_id limit $2`,
    [status ?? null, limit],
  )
